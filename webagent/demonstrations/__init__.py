"""Demonstrations: episodes of experts, of any policy, and of people, as Parquet files."""
