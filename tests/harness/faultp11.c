/*
 * A PKCS#11 module for tests that goes wrong when it is told to; everything else is done by the real one ($P11_REAL).
 *
 *   P11_FAULT=C_Sign@2=0x32    the second call of C_Sign returns that code
 *   P11_FAULT=C_Sign@1=hang    it never returns; =crash: the process falls
 *   P11_FAULT=C_Sign@1=short   a signature too short; =corrupt: one bit is wrong
 *   P11_FLAGS=0x40000          these flags of every token are set as well
 *   P11_ALWAYS=1               private keys want their PIN for each signature
 *   P11_GONE=FILE              while that file exists the token is pulled out
 *   P11_WRONG=FILE             while that file exists every PIN is wrong
 *   P11_ENDLESS=1              a search never comes to its end
 *   P11_BLIND=FILE             the file holds a number, how many loadings of the module see no token: counted down
 *   P11_LOG=FILE               each call, a line; C_Login with who it was and how long the PIN is
 */
#include <dlfcn.h>
#include <signal.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST *real, mine;
enum fault { NONE, CODE, SHORT, CORRUPT };

static void note(const char *line)
{
    const char *path = getenv("P11_LOG");
    FILE *f = path != NULL ? fopen(path, "ae") : NULL;

    if (f == NULL)
        return;
    fprintf(f, "%s\n", line);
    fclose(f);
}

/* Pulled out: whoever was logged in is not any more when it comes back. */
static int is_gone(void)
{
    static int was;
    const char *path = getenv("P11_GONE");
    const int gone = path != NULL && access(path, F_OK) == 0;
    CK_SLOT_ID slots[16];
    CK_ULONG n = 16;

    if (gone && !was && real->C_GetSlotList(CK_TRUE, slots, &n) == CKR_OK)
        for (CK_ULONG i = 0; i < n; i++)
            real->C_CloseAllSessions(slots[i]);
    was = gone;
    return gone;
}

/* What is to happen at this call. */
static enum fault fault_of(const char *function, CK_RV *code)
{
    static char counted[64];
    static unsigned calls;
    const char *fault = getenv("P11_FAULT"), *at, *what;

    note(function);
    if (is_gone()) {
        *code = strcmp(function, "C_Sign") == 0 ? CKR_DEVICE_REMOVED : CKR_TOKEN_NOT_PRESENT;
        return CODE;
    }
    if (fault == NULL || (at = strchr(fault, '@')) == NULL || (what = strchr(at, '=')) == NULL ||
        strlen(function) != (size_t)(at - fault) || strncmp(fault, function, (size_t)(at - fault)) != 0)
        return NONE;
    if (strcmp(counted, function) != 0)
        snprintf(counted, sizeof counted, "%s", function);
    if (++calls != strtoul(at + 1, NULL, 10))
        return NONE;
    what++;
    if (strcmp(what, "hang") == 0)
        for (;;)
            pause();
    if (strcmp(what, "crash") == 0)
        kill(getpid(), SIGSEGV);
    if (strcmp(what, "short") == 0)
        return SHORT;
    if (strcmp(what, "corrupt") == 0)
        return CORRUPT;
    *code = strtoul(what, NULL, 0);
    return CODE;
}

#define FORWARD(name, params, args)         \
    static CK_RV my_##name params           \
    {                                       \
        CK_RV code;                         \
        if (fault_of(#name, &code) == CODE) \
            return code;                    \
        return real->name args;             \
    }

FORWARD(C_Initialize, (void *a), (a))
FORWARD(C_Finalize, (void *a), (a))
FORWARD(C_OpenSession, (CK_SLOT_ID s, CK_FLAGS f, void *a, CK_NOTIFY n, CK_SESSION_HANDLE *h), (s, f, a, n, h))
FORWARD(C_CloseSession, (CK_SESSION_HANDLE h), (h))
FORWARD(C_FindObjectsInit, (CK_SESSION_HANDLE h, CK_ATTRIBUTE *t, CK_ULONG n), (h, t, n))
FORWARD(C_FindObjectsFinal, (CK_SESSION_HANDLE h), (h))
FORWARD(C_SignInit, (CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_OBJECT_HANDLE k), (h, m, k))
FORWARD(C_CreateObject, (CK_SESSION_HANDLE h, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *o), (h, t, n, o))
FORWARD(C_GenerateKeyPair,
        (CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_ATTRIBUTE *a, CK_ULONG na, CK_ATTRIBUTE *b, CK_ULONG nb,
         CK_OBJECT_HANDLE *p, CK_OBJECT_HANDLE *q),
        (h, m, a, na, b, nb, p, q))

/* P11_BLIND: is this a loading that sees nothing? With P11_BLIND_TO=info it sees tokens, and cannot tell which. */
static int is_blind(void)
{
    const char *path = getenv("P11_BLIND");
    unsigned left = 0;
    FILE *f = path != NULL ? fopen(path, "r+") : NULL;

    if (f == NULL)
        return 0;
    if (fscanf(f, "%u", &left) == 1 && left > 0) {
        rewind(f);
        fprintf(f, "%u\n", left - 1);
    }
    fclose(f);
    return left > 0;
}

static int blind;

static CK_RV my_C_GetSlotList(CK_BBOOL t, CK_SLOT_ID *s, CK_ULONG *n)
{
    CK_RV code;

    if (fault_of("C_GetSlotList", &code) == CODE)
        return code;
    if (blind && getenv("P11_BLIND_TO") == NULL) {
        *n = 0;
        return CKR_OK;
    }
    return real->C_GetSlotList(t, s, n);
}

/* P11_ENDLESS: the first object again and again. */
static CK_RV my_C_FindObjects(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE *o, CK_ULONG m, CK_ULONG *n)
{
    static CK_OBJECT_HANDLE first;
    CK_RV code;

    if (fault_of("C_FindObjects", &code) == CODE)
        return code;
    code = real->C_FindObjects(h, o, m, n);
    if (getenv("P11_ENDLESS") == NULL || code != CKR_OK)
        return code;
    if (*n > 0)
        first = o[0];
    o[0] = first;
    *n = 1;
    return CKR_OK;
}

static CK_RV my_C_GetTokenInfo(CK_SLOT_ID s, CK_TOKEN_INFO *info)
{
    const char *flags = getenv("P11_FLAGS");
    CK_RV code;

    if (fault_of("C_GetTokenInfo", &code) == CODE)
        return code;
    if (blind)
        return CKR_GENERAL_ERROR;
    code = real->C_GetTokenInfo(s, info);
    if (code == CKR_OK && flags != NULL)
        info->flags |= strtoul(flags, NULL, 0);
    return code;
}

static CK_RV my_C_GetAttributeValue(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *t, CK_ULONG n)
{
    CK_RV code;

    if (fault_of("C_GetAttributeValue", &code) == CODE)
        return code;
    code = real->C_GetAttributeValue(h, o, t, n);
    if (getenv("P11_ALWAYS") != NULL && n == 1 && t->type == CKA_ALWAYS_AUTHENTICATE && t->pValue != NULL &&
        t->ulValueLen == 1 && code == CKR_OK)
        *(CK_BBOOL *)t->pValue = CK_TRUE;
    return code;
}

static CK_RV my_C_Login(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG len)
{
    char line[80];
    CK_RV code;

    snprintf(line, sizeof line, "login user=%lu pin=%s%lu", user, pin == NULL ? "none " : "", len);
    note(line);
    if (fault_of("C_Login", &code) == CODE)
        return code;
    if (getenv("P11_WRONG") != NULL && access(getenv("P11_WRONG"), F_OK) == 0)
        return CKR_PIN_INCORRECT;
    if (user == CKU_CONTEXT_SPECIFIC) /* the real one knows none: the user's PIN it is */
        return len == 6 && memcmp(pin, "123456", 6) == 0 ? CKR_OK : CKR_PIN_INCORRECT;
    if (pin == NULL)
        return real->C_Login(h, user, (CK_UTF8CHAR *)(char[]){"123456"}, 6); /* somebody entered it on the reader */
    return real->C_Login(h, user, pin, len);
}

/* P11_GATE: as long as that file is there the token takes its time; GATE.at says that it does. */
static void wait_at_gate(void)
{
    const char *gate = getenv("P11_GATE");
    char at[PATH_MAX];
    FILE *f;

    if (gate == NULL || access(gate, F_OK) != 0 || (size_t)snprintf(at, sizeof at, "%s.at", gate) >= sizeof at)
        return;
    if ((f = fopen(at, "w")) != NULL)
        fclose(f);
    while (access(gate, F_OK) == 0)
        (void)poll(NULL, 0, 10);
}

static CK_RV my_C_Sign(CK_SESSION_HANDLE h, CK_BYTE *data, CK_ULONG len, CK_BYTE *out, CK_ULONG *outlen)
{
    CK_RV code = CKR_OK, rv;
    const enum fault f = fault_of("C_Sign", &code);

    wait_at_gate();
    rv = real->C_Sign(h, data, len, out, outlen); /* also when it is to fail: the operation must end */
    if (rv == CKR_OK && f == SHORT)
        *outlen /= 2;
    if (rv == CKR_OK && f == CORRUPT)
        out[*outlen / 2] ^= 1;
    return f == CODE ? code : rv;
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    void *lib = dlopen(getenv("P11_REAL"), RTLD_NOW);
    CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;

    if (lib != NULL)
        *(void **)&get = dlsym(lib, "C_GetFunctionList");
    if (get == NULL || get(&real) != CKR_OK)
        return CKR_GENERAL_ERROR;
    mine = *real;
    blind = is_blind();
#define OWN(name) mine.name = my_##name
    OWN(C_Initialize);
    OWN(C_Finalize);
    OWN(C_GetSlotList);
    OWN(C_GetTokenInfo);
    OWN(C_OpenSession);
    OWN(C_CloseSession);
    OWN(C_Login);
    OWN(C_FindObjectsInit);
    OWN(C_FindObjects);
    OWN(C_FindObjectsFinal);
    OWN(C_GetAttributeValue);
    OWN(C_SignInit);
    OWN(C_Sign);
    OWN(C_CreateObject);
    OWN(C_GenerateKeyPair);
    mine.C_GetFunctionList = C_GetFunctionList;
    *list = &mine;
    return CKR_OK;
}
