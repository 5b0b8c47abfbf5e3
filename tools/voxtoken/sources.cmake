set(sources main.c reach.c list.c show.c new_key.c sign.c check_qr.c ceremony.c ceremony_publish.c rehearsal.c holder.c transcript.c verify_transcript.c)
