"""How many tokens pages take, beside a T5-style segmentation."""
