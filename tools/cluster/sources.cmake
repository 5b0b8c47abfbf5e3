set(sources admit.c anchors.c canary.c compose.c deliver.c details.c foreign.c foreign_read.c foreign_write.c group_held.c hashdir.c held.c impact.c impact_deletion.c impact_tvs.c make_list.c move.c naming.c
            owner.c prepared.c publish.c view.c wanted.c)
