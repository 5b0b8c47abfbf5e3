set(sources admit.c anchors.c compose.c deliver.c details.c hashdir.c held.c prepared.c publish.c view.c)
