"""What planners and programmers are told, one text file each."""
