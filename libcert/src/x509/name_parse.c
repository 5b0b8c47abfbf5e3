#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <libcert/limits.h>
#include <libcert/name.h>

/* Types that options take besides dotted numbers. Only names: the library knows thousands of other objects. */
static const struct {
    const char *word;
    int nid;
} types[] = {
    {"CN", NID_commonName},
    {"commonName", NID_commonName},
    {"OU", NID_organizationalUnitName},
    {"organizationalUnitName", NID_organizationalUnitName},
    {"O", NID_organizationName},
    {"organizationName", NID_organizationName},
    {"L", NID_localityName},
    {"localityName", NID_localityName},
    {"ST", NID_stateOrProvinceName},
    {"S", NID_stateOrProvinceName},
    {"stateOrProvinceName", NID_stateOrProvinceName},
    {"C", NID_countryName},
    {"countryName", NID_countryName},
    {"DC", NID_domainComponent},
    {"domainComponent", NID_domainComponent},
    {"UID", NID_userId},
    {"STREET", NID_streetAddress},
    {"postalCode", NID_postalCode},
    {"serialNumber", NID_serialNumber},
    {"emailAddress", NID_pkcs9_emailAddress},
    {"E", NID_pkcs9_emailAddress},
    {"title", NID_title},
    {"GN", NID_givenName},
    {"givenName", NID_givenName},
    {"SN", NID_surname},
    {"surname", NID_surname},
    {"dnQualifier", NID_dnQualifier},
};

/* The text as it is read; value is the one last read, unescaped. */
struct scan {
    const char *p;
    bool slashes; /* "/CN=a/O=b": there ',' and ';' are plain characters */
    char value[LIMIT_NAME_TEXT + 1];
    size_t len;
};

static void skip_blanks(struct scan *s)
{
    while (*s->p == ' ' || *s->p == '\t')
        s->p++;
}

static bool is_separator(const struct scan *s, char c)
{
    return c == '+' || (s->slashes ? c == '/' : c == ',' || c == ';');
}

/* 1.2.3: the library's own reader takes more than that. */
static bool is_dotted(const char *word)
{
    bool digit = false;

    for (; *word != '\0'; word++) {
        if (*word == '.' && !digit)
            return false;
        if (*word != '.' && (*word < '0' || *word > '9'))
            return false;
        digit = *word != '.';
    }
    return digit;
}

static ASN1_OBJECT *find_type(const char *word)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(word, types[i].word) == 0)
            return OBJ_nid2obj(types[i].nid);
    return is_dotted(word) ? OBJ_txt2obj(word, 1) : NULL;
}

static enum vox_err read_type(struct scan *s, ASN1_OBJECT **out, char *word, size_t wordlen, struct vox_error *err)
{
    size_t n;

    skip_blanks(s);
    n = strcspn(s->p, "=,;/+ \t");
    (void)snprintf(word, wordlen, "%.*s", (int)n, s->p);
    s->p += n;
    skip_blanks(s);
    if (*s->p != '=' || n == 0)
        return vox_fail(err, VOX_E_INPUT, "name: '%s' is no TYPE=VALUE (a ',' in a value needs a backslash before it)",
                        word);
    s->p++;
    *out = n < wordlen ? find_type(word) : NULL; /* a cut word is none */
    if (*out == NULL) {
        ERR_clear_error();
        return vox_fail(err, VOX_E_INPUT,
                        "name: unknown attribute '%s' (known: CN, OU, O, L, ST, C, DC, UID, STREET, postalCode, "
                        "serialNumber, emailAddress, title, GN, SN, dnQualifier, or a dotted number)",
                        word);
    }
    return VOX_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that a backslash at s->p stands for; -1 if nothing follows. */
static int unescape(struct scan *s)
{
    int c = (unsigned char)*++s->p;

    if (c == '\0')
        return -1;
    if (hex_digit(s->p[0]) >= 0 && hex_digit(s->p[1]) >= 0) {
        c = 16 * hex_digit(s->p[0]) + hex_digit(s->p[1]);
        s->p++;
    }
    s->p++;
    return c;
}

static enum vox_err read_value(struct scan *s, const char *word, struct vox_error *err)
{
    bool quoted;
    size_t keep = 0; /* blanks up to here are part of the value: escaped, quoted or inside */

    s->len = 0;
    skip_blanks(s);
    quoted = *s->p == '"';
    if (quoted)
        s->p++;
    while (*s->p != '\0' && (quoted ? *s->p != '"' : !is_separator(s, *s->p))) {
        bool escaped = *s->p == '\\';
        int c = escaped ? unescape(s) : (unsigned char)*s->p++;

        if (c < 0)
            return vox_fail(err, VOX_E_INPUT, "name: %s: nothing follows the backslash", word);
        if (c < 0x20 || c == 0x7f)
            return vox_fail(err, VOX_E_INPUT, "name: %s: a control character (0x%02x)", word, (unsigned)c);
        s->value[s->len++] = (char)c; /* never longer than the text */
        if (quoted || escaped || c != ' ')
            keep = s->len;
    }
    s->len = keep;
    if (quoted) {
        if (*s->p != '"')
            return vox_fail(err, VOX_E_INPUT, "name: %s: the closing quote is missing", word);
        s->p++;
        skip_blanks(s);
    }
    s->value[s->len] = '\0';
    if (s->len == 0)
        return vox_fail(err, VOX_E_INPUT, "name: %s: the value is empty", word);
    if (*s->p != '\0' && !is_separator(s, *s->p))
        return vox_fail(err, VOX_E_INPUT, "name: %s: text after the closing quote", word);
    return VOX_OK;
}

/* Why the library did not take a value, in its queue. */
static enum vox_err refused(const char *word, const ASN1_OBJECT *type, struct vox_error *err)
{
    const ASN1_STRING_TABLE *limits = ASN1_STRING_TABLE_get(OBJ_obj2nid(type));
    int reason = ERR_GET_REASON(ERR_peek_last_error());

    ERR_clear_error();
    if (reason == ASN1_R_STRING_TOO_LONG && limits != NULL)
        return vox_fail(err, VOX_E_INPUT, "name: %s: at most %ld characters", word, limits->maxsize);
    if (reason == ASN1_R_STRING_TOO_SHORT && limits != NULL)
        return vox_fail(err, VOX_E_INPUT, "name: %s: at least %ld characters", word, limits->minsize);
    if (reason == ASN1_R_INVALID_UTF8STRING)
        return vox_fail(err, VOX_E_INPUT, "name: %s: no UTF-8", word);
    if (reason == ASN1_R_ILLEGAL_CHARACTERS)
        return vox_fail(err, VOX_E_INPUT, "name: %s: a character that this attribute cannot hold", word);
    if (reason == ERR_R_MALLOC_FAILURE)
        return vox_fail(err, VOX_E_MEMORY, "out of memory");
    return vox_fail(err, VOX_E_INPUT, "name: %s: the value cannot be encoded", word);
}

/* joined: into the RDN of the attribute before it. */
static enum vox_err add(X509_NAME *name, const ASN1_OBJECT *type, const char *word, const struct scan *s, bool joined,
                        struct vox_error *err)
{
    if (X509_NAME_add_entry_by_OBJ(name, type, MBSTRING_UTF8, (const unsigned char *)s->value, (int)s->len, -1,
                                   joined ? -1 : 0) <= 0)
        return refused(word, type, err);
    return VOX_OK;
}

static enum vox_err parse_attributes(struct scan *s, X509_NAME *name, struct vox_error *err)
{
    bool joined = false;
    ASN1_OBJECT *type = NULL;
    enum vox_err code;
    char word[64];

    for (;;) {
        if ((code = read_type(s, &type, word, sizeof word, err)) != VOX_OK)
            return code;
        if ((code = read_value(s, word, err)) == VOX_OK)
            code = add(name, type, word, s, joined, err);
        ASN1_OBJECT_free(type); /* leaves the library's own alone */
        if (code != VOX_OK || *s->p == '\0')
            return code;
        joined = *s->p++ == '+';
    }
}

static enum vox_err parse_common_name(struct scan *s, X509_NAME *name, struct vox_error *err)
{
    s->len = strlen(s->p);
    while (s->len > 0 && s->p[s->len - 1] == ' ')
        s->len--;
    memcpy(s->value, s->p, s->len);
    s->value[s->len] = '\0';
    for (size_t i = 0; i < s->len; i++)
        if ((unsigned char)s->value[i] < 0x20 || s->value[i] == 0x7f)
            return vox_fail(err, VOX_E_INPUT, "name: a control character (0x%02x)", (unsigned char)s->value[i]);
    return add(name, OBJ_nid2obj(NID_commonName), "CN", s, false, err);
}

enum vox_err name_parse(const char *text, X509_NAME **out, struct vox_error *err)
{
    struct scan s = {.p = text};
    enum vox_err code;
    X509_NAME *name;

    *out = NULL;
    if (strlen(text) > LIMIT_NAME_TEXT)
        return vox_fail(err, VOX_E_INPUT, "name: longer than %d bytes", LIMIT_NAME_TEXT);
    skip_blanks(&s);
    if (*s.p == '\0')
        return vox_fail(err, VOX_E_INPUT, "name: it is empty (write it as CN=NAME,O=ORGANIZATION)");
    name = X509_NAME_new();
    if (name == NULL)
        return vox_fail_openssl(err, VOX_E_MEMORY, "out of memory");
    if (strchr(s.p, '=') == NULL) {
        code = parse_common_name(&s, name, err);
    } else {
        s.slashes = *s.p == '/';
        s.p += s.slashes;
        code = parse_attributes(&s, name, err);
    }
    if (code != VOX_OK) {
        X509_NAME_free(name);
        return code;
    }
    *out = name;
    return VOX_OK;
}
