"""Learning: from demonstrations or pages to a checkpoint."""
