set(sources compose.c deliver.c held.c impact.c impact_deletion.c impact_tvs.c make_list.c naming.c owner.c prepared.c publish.c wanted.c)
