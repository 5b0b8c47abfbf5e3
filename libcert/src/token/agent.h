/* Asking the agent. */
#ifndef TOKEN_AGENT_H
#define TOKEN_AGENT_H

#include "token/uri.h"
#include "token/wire.h"

/* How long an answer may take, in seconds. */
enum {
    TOKEN_ASK_SECONDS = 30,     /* a token that is busy, a slow reader */
    TOKEN_PERSON_SECONDS = 180, /* somebody enters a PIN on a reader */
    TOKEN_MAKE_SECONDS = 300,   /* old tokens make an RSA key in minutes */
};

/*
 * token_ask(a, q, answer, seconds, err): one question, one answer; q is wiped. Errors: VOX_E_IO: it did not answer in
 * time and was killed, or it fell. What the module returned is in the answer: token_explain(). Threads take turns.
 */
enum vox_err token_ask(struct token_agent *a, struct token_question *q, struct token_answer *answer, int seconds,
                       struct vox_error *err);

/* token_agent_open(a, index): has that token had its PIN in this agent? */
bool *token_agent_open(struct token_agent *a, size_t index);

/*
 * token_agent_retire(a): end an agent in which no token has had its PIN; the next token_agent_get() starts another,
 * which loads the module anew. False when one is in use: it stays.
 */
bool token_agent_retire(struct token_agent *a);

#endif
