#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <libcert/file.h>
#include <libcert/mistyped.h>
#include <libcert/serve_options.h>

enum { CONFIG_MAX = 1 << 20 };

/* What is being read: where a complaint points to, and what the command line has set already. */
struct parse {
    const struct serve_options_params *params;
    struct serve_options *out;
    bool given[SERVE_OPT_END - SERVE_OPT_CERT]; /* on the command line */
    char complaint[SERVE_COMPLAINT_MAX];
};

bool serve_option_number(const char *value, unsigned long min, unsigned long max, unsigned *out, char *complaint)
{
    char *end;

    errno = 0;
    unsigned long v = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || v < min || v > max) {
        (void)snprintf(complaint, SERVE_COMPLAINT_MAX, "%.40s: not a number from %lu to %lu", value, min, max);
        return false;
    }
    *out = (unsigned)v;
    return true;
}

static bool number(struct parse *p, const char *value, unsigned long min, unsigned long max, unsigned *out)
{
    return serve_option_number(value, min, max, out, p->complaint);
}

static bool add_listener(struct parse *p, const char *value, bool legacy)
{
    struct serve_options *o = p->out;
    struct vox_error err;

    if (o->nlisteners == SERVE_LISTENERS_MAX) {
        (void)snprintf(p->complaint, sizeof p->complaint, "more than %d addresses", SERVE_LISTENERS_MAX);
        return false;
    }
    if (serve_address_check(value, &err) != VOX_OK) {
        (void)snprintf(p->complaint, sizeof p->complaint, "%.200s", err.text);
        return false;
    }
    o->listeners[o->nlisteners++] = (struct serve_listener){value, legacy};
    o->any_legacy = o->any_legacy || legacy;
    return true;
}

static bool add_network(struct parse *p, const char *value)
{
    struct serve_options *o = p->out;
    struct vox_error err;

    if (o->nlegacy_from == SERVE_CIDR_MAX) {
        (void)snprintf(p->complaint, sizeof p->complaint, "more than %d networks", SERVE_CIDR_MAX);
        return false;
    }
    if (serve_cidr_check(value, &err) != VOX_OK) {
        (void)snprintf(p->complaint, sizeof p->complaint, "%.200s", err.text);
        return false;
    }
    o->legacy_from[o->nlegacy_from++] = value;
    return true;
}

static bool set_log_level(struct parse *p, const char *value)
{
    static const struct {
        const char *word;
        enum log_level level;
    } words[] = {{"error", LOG_LEVEL_ERROR},
                 {"warning", LOG_LEVEL_WARNING},
                 {"notice", LOG_LEVEL_NOTICE},
                 {"info", LOG_LEVEL_INFO},
                 {"debug", LOG_LEVEL_DEBUG}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(value, words[i].word) == 0) {
            p->out->log_level = words[i].level;
            return true;
        }
    }
    (void)snprintf(p->complaint, sizeof p->complaint, "%.40s: not a level (error, warning, notice, info, debug)",
                   value);
    return false;
}

/* One option, from wherever. false: p->complaint says why. */
static bool set_option(struct parse *p, int key, const char *value)
{
    struct serve_options *o = p->out;

    switch (key) {
    case SERVE_OPT_CERT:
        o->cert = value;
        return true;
    case SERVE_OPT_KEY:
        o->key = value;
        return true;
    case SERVE_OPT_PASSWORD_FILE:
        o->password_file = value;
        return true;
    case SERVE_OPT_STORE:
        o->store_url = value;
        return true;
    case SERVE_OPT_LISTEN:
        return add_listener(p, value, false);
    case SERVE_OPT_LEGACY_LISTEN:
        return add_listener(p, value, true);
    case SERVE_OPT_LEGACY_FROM:
        return add_network(p, value);
    case SERVE_OPT_STATUS:
        o->status_address = value;
        return true;
    case SERVE_OPT_USER:
        o->user = value;
        return true;
    case SERVE_OPT_WORKERS:
        return number(p, value, 1, SERVE_WORKERS_MAX, &o->workers);
    case SERVE_OPT_HANDSHAKE:
        return number(p, value, 1, 3600, &o->limits.handshake_s);
    case SERVE_OPT_IDLE:
        return number(p, value, 1, 86400, &o->limits.idle_s);
    case SERVE_OPT_PER_SOURCE:
        return number(p, value, 1, 65535, &o->limits.per_source);
    case SERVE_OPT_TOTAL:
        return number(p, value, 1, 1000000, &o->limits.total);
    case SERVE_OPT_LOG_LEVEL:
        return set_log_level(p, value);
    default:
        return p->params->own != NULL && p->params->own(p->params->arg, key, value, p->complaint);
    }
}

static const char *name_of(const struct argp_option *table, int key)
{
    while (table->key != key)
        table++;
    return table->name;
}

/* What is wrong with a value is no use without the option that has it. */
static void say_whose(struct parse *p, const char *dashes, const char *name)
{
    struct vox_error whole; /* escaped: values are anybody's */

    vox_fail(&whole, VOX_E_USAGE, "%s%s: %s", dashes, name, p->complaint);
    (void)snprintf(p->complaint, sizeof p->complaint, "%.*s", SERVE_COMPLAINT_MAX - 1, whole.text);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct parse *p = state->input;
    struct vox_error escaped;

    switch (key) {
    case SERVE_OPT_CONFIG:
        p->out->config = arg;
        return 0;
    case SERVE_OPT_CHECK_CONFIG:
        p->out->check_config = true;
        return 0;
    case SERVE_OPT_SANDBOX_TEST:
        p->out->sandbox_test = true;
        return 0;
    case ARGP_KEY_ARG:
        vox_fail(&escaped, VOX_E_USAGE, "%s: %s takes options only", arg, p->params->program);
        argp_error(state, "%s", escaped.text);
        return EINVAL;
    default:
        if (key < SERVE_OPT_CERT || key >= SERVE_OPT_END)
            return ARGP_ERR_UNKNOWN;
        p->given[key - SERVE_OPT_CERT] = true;
        if (!set_option(p, key, arg)) {
            say_whose(p, "--", name_of(p->params->table, key));
            argp_error(state, "%s", p->complaint);
        }
        return 0;
    }
}

static bool of_command_line_only(int key)
{
    return key == SERVE_OPT_CONFIG || key == SERVE_OPT_CHECK_CONFIG || key == SERVE_OPT_SANDBOX_TEST;
}

/* Values of configuration files: options point at them as they point at argv, to the end of the process. */
struct word {
    struct word *next;
    char text[];
};

static struct word *words;

static const char *keep(const char *value)
{
    const size_t size = strlen(value) + 1;
    struct word *w = malloc(sizeof *w + size);

    if (w == NULL)
        return NULL;
    memcpy(w->text, value, size);
    w->next = words;
    words = w;
    return w->text;
}

static void add_nearest(struct parse *p, const char *name)
{
    const struct argp_option *o = p->params->table;
    const char *nearest = NULL;
    size_t best = MISTYPED_FAR, len = strlen(p->complaint);

    for (; o->name != NULL || o->doc != NULL; o++) {
        if (o->name != NULL && !of_command_line_only(o->key) && mistyped_near(name, o->name, &best))
            nearest = o->name;
    }
    if (nearest != NULL)
        (void)snprintf(p->complaint + len, sizeof p->complaint - len, ": did you mean %s?", nearest);
}

/* One line of the configuration file. */
static int on_line(void *arg, const char *section, const char *name, const char *value)
{
    struct parse *p = arg;
    const struct argp_option *o = p->params->table;

    /* The table ends with a row without a name and without a heading. */
    for (; section[0] == '\0' && (o->name != NULL || o->doc != NULL); o++) {
        if (o->name == NULL || strcmp(o->name, name) != 0 || of_command_line_only(o->key))
            continue;
        if (p->given[o->key - SERVE_OPT_CERT])
            return 1; /* the command line goes first */
        if (o->arg == NULL) {
            if (strcmp(value, "no") == 0)
                return 1;
            if (strcmp(value, "yes") != 0) {
                (void)snprintf(p->complaint, sizeof p->complaint, "%s: yes or no expected", name);
                return 0;
            }
        }
        const char *copy = keep(value);

        if (copy != NULL && set_option(p, o->key, copy))
            return 1;
        say_whose(p, "", name);
        return 0;
    }
    (void)snprintf(p->complaint, sizeof p->complaint, "%.40s: no such option", name);
    add_nearest(p, name);
    return 0;
}

static bool read_config(struct parse *p)
{
    const char *program = p->params->program;
    struct vox_error err;
    struct bytes file;
    char *text;
    int line;

    if (file_read(p->out->config, CONFIG_MAX, &file, &err) != VOX_OK) {
        fprintf(stderr, "%s: %s: %s\n", program, p->out->config, err.text);
        return false;
    }
    text = malloc(file.len + 1);
    if (text == NULL) {
        bytes_free(&file);
        return false;
    }
    memcpy(text, file.data, file.len);
    text[file.len] = '\0';
    bytes_free(&file);
    (void)snprintf(p->complaint, sizeof p->complaint, "OPTION = VALUE expected");
    line = ini_parse_string(text, on_line, p);
    free(text);
    if (line != 0)
        fprintf(stderr, "%s: %s: line %d: %s\n", program, p->out->config, line, p->complaint);
    return line == 0;
}

static const char *program_name; /* argp hands its hook nothing of ours */

static void print_version(FILE *out, struct argp_state *state)
{
    (void)state;
    fprintf(out, "%s (voxtrust) " VOX_VERSION "\n%s\n", program_name, OpenSSL_version(OPENSSL_VERSION));
}

static const char *default_store(void)
{
    const char *url = getenv("VOXTRUST_STORE");

    return url != NULL && url[0] != '\0' ? url : "sqlite:/var/lib/voxtrust/voxtrust.db";
}

/* argp says only that it does not know the option. */
static void refuse_unknown_option(const struct serve_options_params *params, int argc, char **argv)
{
    const struct argp_option *const tables[] = {params->table, NULL};
    const char *nearest, *unknown = mistyped_option(tables, argc, argv, &nearest);
    struct vox_error escaped;

    if (unknown == NULL)
        return;
    vox_fail(&escaped, VOX_E_USAGE, "no such option: '%.*s'", (int)strcspn(unknown, "="), unknown);
    fprintf(stderr, "%s: %s\n", params->program, escaped.text);
    if (nearest != NULL)
        fprintf(stderr, "Did you mean '--%s'?\n", nearest);
    fprintf(stderr, "Try '%s --help'.\n", params->program);
    exit(2);
}

bool serve_options_parse(int argc, char **argv, const struct serve_options_params *params, struct serve_options *out)
{
    const struct argp argp = {.options = params->table, .parser = parse_option, .doc = params->doc};
    struct parse p = {.params = params, .out = out};

    memset(out, 0, sizeof *out);
    out->limits = params->limits;
    out->log_level = LOG_LEVEL_INFO;
    program_name = params->program;
    argp_err_exit_status = 2;
    argp_program_version_hook = print_version;
    refuse_unknown_option(params, argc, argv);
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0)
        exit(2);
    if (out->config != NULL && !read_config(&p))
        return false;
    if (out->nlisteners == 0)
        out->listeners[out->nlisteners++] = (struct serve_listener){params->listen, false};
    if (out->store_url == NULL)
        out->store_url = default_store();
    return true;
}
