"""A T5-style tokenizer: a Unigram model whose spaces are part of words."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers


def train_t5_style(texts: Iterable[str], pieces: int) -> Tokenizer:
    """Made as T5's SentencePiece model is, but of these texts."""
    rules = Tokenizer(models.Unigram())
    rules.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("\n", " ")])
    rules.pre_tokenizer = pre_tokenizers.Metaspace()
    rules.train_from_iterator(
        texts,
        trainers.UnigramTrainer(
            vocab_size=pieces, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False
        ),
    )
    return rules
