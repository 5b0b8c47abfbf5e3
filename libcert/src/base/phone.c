/* Words of a phone's record, and the rule for its name. */
#include <string.h>

#include <libcert/phone.h>

static const char *const operations[PHONE_OPERATION_COUNT] = {
    [PHONE_NONE] = "none",
    [PHONE_INSTALL] = "install",
    [PHONE_FETCH] = "fetch",
    [PHONE_DELETE] = "delete",
};

static const char *const proofs[PHONE_PROOF_COUNT] = {
    [PHONE_BY_STRING] = "string",
    [PHONE_BY_NULL] = "null",
    [PHONE_BY_LSC] = "lsc",
    [PHONE_BY_MIC] = "mic",
};

static const char *const states[PHONE_STATE_COUNT] = {
    [PHONE_IDLE] = "none",     [PHONE_PENDING] = "pending",     [PHONE_IN_PROGRESS] = "in-progress",
    [PHONE_ISSUED] = "issued", [PHONE_DELIVERED] = "delivered", [PHONE_FAILED] = "failed",
};

/* The word of number i, NULL if there is none. */
static const char *word_of(const char *const *words, unsigned count, unsigned i)
{
    return i < count ? words[i] : NULL;
}

/* The number of a word, -1 if it is none of these. */
static int number_of(const char *const *words, unsigned count, const char *word)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return (int)i;
    return -1;
}

const char *phone_operation_word(enum phone_operation op)
{
    return word_of(operations, PHONE_OPERATION_COUNT, (unsigned)op);
}

bool phone_operation_parse(const char *word, enum phone_operation *out)
{
    int i = number_of(operations, PHONE_OPERATION_COUNT, word);

    if (i >= 0)
        *out = (enum phone_operation)i;
    return i >= 0;
}

const char *phone_proof_word(enum phone_proof proof)
{
    return word_of(proofs, PHONE_PROOF_COUNT, (unsigned)proof);
}

bool phone_proof_parse(const char *word, enum phone_proof *out)
{
    int i = number_of(proofs, PHONE_PROOF_COUNT, word);

    if (i >= 0)
        *out = (enum phone_proof)i;
    return i >= 0;
}

const char *phone_state_word(enum phone_state st)
{
    return word_of(states, PHONE_STATE_COUNT, (unsigned)st);
}

bool phone_state_parse(const char *word, enum phone_state *out)
{
    int i = number_of(states, PHONE_STATE_COUNT, word);

    if (i >= 0)
        *out = (enum phone_state)i;
    return i >= 0;
}

enum vox_err phone_name_check(const char *name, struct vox_error *err)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"; /* never hidden, never an option, never ".." */
    static const char rest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(name), good;

    if (len == 0)
        return vox_fail(err, VOX_E_INPUT, "the device's name is empty");
    if (len > PHONE_NAME_MAX)
        return vox_fail(err, VOX_E_INPUT, "the device's name has %zu characters; at most %d are allowed", len,
                        PHONE_NAME_MAX);
    if (strchr(first, name[0]) == NULL)
        return vox_fail(err, VOX_E_INPUT, "\"%s\" is no device's name: it must begin with A-Z or 0-9", name);
    good = strspn(name, rest);
    if (good < len)
        return vox_fail(err, VOX_E_INPUT,
                        "\"%s\" is no device's name: character %zu is none of A-Z, 0-9, '.', '_', '-'", name, good + 1);
    return VOX_OK;
}
