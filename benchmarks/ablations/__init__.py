"""What each part of the system gives: models trained alike but for one thing, in one table."""
