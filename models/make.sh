#!/bin/sh
# Makes html-t5-mini from nothing, in order. It is not complete, and the folders that ship are
# older: they will be made anew by it. Run it from the root of a checkout, in an environment with
# `pip install '.[models,agent]'`; it takes hours on two cores. Every command goes on where it was
# stopped, and one that is done does nothing.
set -eu

train() {  # a process for each of two cores; later ones find prepared what earlier ones prepared
    OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 -m webagent train "$@" --prepared runs/prepared
}

# The expert's demonstrations: 400 of each base task, more of those that are hard to learn.
expert() {
    webagent collect --policy expert "$@"
}
expert --suite miniwob-56 --per-task 400 --out data/base
expert --task miniwob.book-flight --task miniwob.click-checkboxes-soft \
    --task miniwob.count-shape --task miniwob.tic-tac-toe --task miniwob.email-inbox-nl-turk \
    --task miniwob.email-inbox-forward-nl-turk --task miniwob.search-engine \
    --task miniwob.social-media --task miniwob.click-shape \
    --seeds-from 3000000 --per-task 1200 --out data/weak
expert --task miniwob.click-checkboxes-soft --seeds-from 3400000 --per-task 3000 --out data/soft
expert --task miniwob.identify-shape --task miniwob.count-shape --task miniwob.click-shape \
    --seeds-from 3500000 --per-task 3000 --out data/hard
expert --task miniwob.tic-tac-toe --seeds-from 3500000 --per-task 3000 --out data/hard-ttt

# The tokenizer: of these demonstrations, so that the words that mean the same are whole, and of
# HTML documentation, here that of Debian's packages python3-doc, git-doc and postgresql-doc.
[ -f data/words/tokenizer.json ] ||
    webagent tokenizer train --data data/base --data data/soft --installed --out data/words

# html-t5-mini. First what all pages have in common, on short ones that grow; then all of it, more
# of what goes wrong at the time.
BASE="--data data/base --data data/weak --data data/soft --data data/hard --data data/hard-ttt"
train html-t5-mini $BASE --tokenizer data/words --set data.ahead=4 --set data.composed=0.35 \
    --set train.batch=8 --set train.steps=2500 --set train.warmup=300 --set train.cooldown=0 \
    --set train.grow=0.9 --set train.compiled=true --out runs/models/mini-1
train html-t5-mini --from runs/models/mini-1 $BASE --set data.ahead=4 --set data.composed=0.35 \
    --set data.follow=true --set data.balance=8 --set train.batch=8 --set train.steps=3800 \
    --set train.warmup=60 --set train.cooldown=0.6 --set train.grow=0 \
    --set train.compiled=true --set train.seed=2 --out runs/models/mini-2
