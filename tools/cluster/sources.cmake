set(sources compose.c deliver.c held.c prepared.c publish.c)
