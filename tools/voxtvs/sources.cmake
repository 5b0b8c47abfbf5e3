set(sources main.c session.c query.c verify.c)
