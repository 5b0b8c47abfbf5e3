set(sources admit.c anchors.c compose.c deliver.c details.c hashdir.c held.c impact.c impact_deletion.c impact_tvs.c known_signers.c make_list.c naming.c
            owner.c prepared.c publish.c qr.c view.c wanted.c)
