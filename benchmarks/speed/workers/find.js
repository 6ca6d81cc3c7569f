((path) => document.evaluate(path, document, null, 9, null).singleNodeValue)
