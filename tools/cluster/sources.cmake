set(sources admit.c anchors.c compose.c deliver.c details.c hashdir.c held.c hooks.c impact.c impact_deletion.c impact_tvs.c make_list.c naming.c
            owner.c prepared.c publish.c view.c wanted.c)
