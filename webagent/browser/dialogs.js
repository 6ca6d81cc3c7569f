// Installed before a page's own scripts by the Selenium backend. WebDriver abandons a script
// in which a dialog opens, so dialogs must be dismissed before they do.
window.alert = () => {};
window.confirm = () => false;
window.prompt = () => null;
window.print = () => {};
