set(sources enroll_check.c enroll_keep.c enroll_key.c enroll_steps.c enroll_wire.c tvs_session.c)
