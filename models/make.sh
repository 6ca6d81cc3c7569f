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

# html-t5-mini. The tokenizer is the one that ships; this made it, of these demonstrations and of
# the HTML documentation that was installed on the machine:
#   webagent tokenizer train --data data/base --installed --out data/words
BASE="--data data/base --data data/weak --data data/soft --data data/hard --data data/hard-ttt"
train html-t5-mini $BASE --tokenizer models/html-t5-mini --out runs/models/mini-1

# What it fails at: drawn more often, and corrected where it went wrong.
webagent eval --suite miniwob-56 --policy runs/models/mini-1 --seeds 500000-500019 --out runs/val-1
webagent retrace runs/val-1
webagent collect --failing runs/val-1 --policy runs/models/mini-1 --relabel expert \
    --seeds-from 3600000 --per-task 60 --out data/corrected-1
train html-t5-mini --from runs/models/mini-1 $BASE --data data/corrected-1 --balance runs/val-1 \
    --set data.compositions=0.3 --set data.composed=0.45 --set data.modular=0.2 \
    --set data.balance=20 --set train.steps=3000 --set train.rate=0.006 \
    --set train.cooldown=0.7 --set train.grow=0 --set train.seed=2 --out runs/models/mini-2

# Once more, with fewer compositions and less weight on what fails: what was known is kept better.
webagent eval --suite miniwob-56 --policy runs/models/mini-2 --seeds 500000-500019 --out runs/val-2
webagent retrace runs/val-2
webagent collect --failing runs/val-2 --policy runs/models/mini-2 --relabel expert \
    --seeds-from 3700000 --per-task 60 --out data/corrected-2
train html-t5-mini --from runs/models/mini-2 $BASE --data data/corrected-1 \
    --data data/corrected-2 --balance runs/val-2 --set data.composed=0.25 \
    --set data.modular=0.1 --set data.balance=8 --set data.ahead=3 --set data.faults=5 \
    --set train.steps=4000 --set train.rate=0.006 \
    --set train.cooldown=0.7 --set train.grow=0 --set train.seed=3 --out runs/models/mini-3

# What is hard in it: the tasks that fail, drawn far more often and without compositions; then words
# that mean the same, which are learnt by heart, alone. What follows learns all of it again.
webagent eval --suite miniwob-56 --policy runs/models/mini-3 --seeds 500000-500019 --out runs/val-3
webagent retrace runs/val-3
webagent collect --failing runs/val-3 --policy runs/models/mini-3 --relabel expert \
    --seeds-from 3800000 --per-task 60 --out data/corrected-3
CORRECTED="--data data/corrected-1 --data data/corrected-2 --data data/corrected-3"
train html-t5-mini --from runs/models/mini-3 $BASE $CORRECTED --balance runs/val-3 \
    --set data.compositions=0 --set data.modular=0 --set data.balance=60 --set data.ahead=3 \
    --set data.faults=5 --set train.steps=1200 --set train.rate=0.005 --set train.warmup=50 \
    --set train.cooldown=0.8 --set train.grow=0 --set train.seed=4 --out runs/models/mini-4
train html-t5-mini --from runs/models/mini-4 --data data/soft --set data.compositions=0 \
    --set data.modular=0 --set data.balance=0 --set train.steps=1000 --set train.rate=0.0045 \
    --set train.warmup=20 --set train.cooldown=0.85 --set train.grow=0 --set train.seed=5 \
    --out runs/models/mini-5
train html-t5-mini --from runs/models/mini-5 --data data/soft --set data.compositions=0 \
    --set data.modular=0 --set data.balance=0 --set train.steps=1200 --set train.rate=0.0055 \
    --set train.warmup=20 --set train.cooldown=0.7 --set train.grow=0 --set train.seed=7 \
    --out runs/models/mini-6
