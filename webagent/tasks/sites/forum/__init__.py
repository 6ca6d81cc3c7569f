"""The forum: Spirit with the content of a gardeners' and makers' forum."""
