#!/usr/bin/env bats
# The demo: the main job from nothing, again and again, in a folder of its own and nowhere else.

load ../harness/cli

@test "it goes through, and leaves a page; a second run replaces the first" {
    status 0 voxtrust demo here
    says "Cluster lab" "4 of 4 phones: all went well" "3 of 3 phones: all went well" "the same bytes" "would be locked out" "127.0.0.1" "[name]" "Nothing needs attention." \
        "$T/here/report.html: a page on the cluster"
    grep -q '<h1>Cluster lab</h1>' here/report.html
    [ ! -e state ]
    echo old >here/old
    status 0 voxtrust demo here
    [ ! -e here/old ]
}

@test "a folder with something else is left alone" {
    mkdir mine
    echo mine >mine/file
    status 3 voxtrust demo mine
    says "name another folder"
    [ "$(ls mine)" = file ]
    status 4 voxtrust demo no/where
    status 2 voxtrust demo a b
}
