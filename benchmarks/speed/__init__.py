"""Speed of this environment, side by side with its peers, in one interleaved run."""
