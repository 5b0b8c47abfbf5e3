#include <string.h>

#include <openssl/crypto.h>

#include <cli/csv.h>
#include <libcert/printable.h>

/* Does a line that begins there say nothing? */
static bool is_comment(struct bytes_view line)
{
    size_t i = 0;

    while (i < line.len && (line.data[i] == ' ' || line.data[i] == '\t'))
        i++;
    return i < line.len && line.data[i] == '#';
}

static void begin(struct csv *c, struct bytes_view data, bool commented)
{
    static const char mark[] = "\xef\xbb\xbf";
    const uint8_t *end;

    memset(c, 0, sizeof *c);
    if (data.len >= 3 && memcmp(data.data, mark, 3) == 0) {
        data.data += 3;
        data.len -= 3;
    }
    c->left = data;
    c->commented = commented;
    c->separator = ',';
    while (commented && is_comment(data) && (end = memchr(data.data, '\n', data.len)) != NULL) {
        data.len -= (size_t)(end - data.data) + 1;
        data.data = end + 1;
    }
    end = data.len > 0 ? memchr(data.data, '\n', data.len) : NULL;
    for (size_t i = 0; i < (end != NULL ? (size_t)(end - data.data) : data.len); i++) {
        if (data.data[i] == ',' || data.data[i] == ';' || data.data[i] == '\t') {
            c->separator = (char)data.data[i];
            break;
        }
    }
}

void csv_begin(struct csv *c, struct bytes_view data)
{
    begin(c, data, false);
}

void csv_begin_commented(struct csv *c, struct bytes_view data)
{
    begin(c, data, true);
}

/* The next line without its end; false when there is none. */
static bool take_line(struct csv *c, struct bytes_view *out)
{
    const uint8_t *end;

    if (c->left.len == 0)
        return false;
    end = memchr(c->left.data, '\n', c->left.len);
    *out = (struct bytes_view){c->left.data, end != NULL ? (size_t)(end - c->left.data) : c->left.len};
    c->left.len -= out->len + (end != NULL);
    c->left.data += out->len + (end != NULL);
    if (out->len > 0 && out->data[out->len - 1] == '\r')
        out->len--;
    c->line++;
    return true;
}

/* Only what may be shown: printable_piece() writes everything else, and what is no UTF-8, as \xNN. */
static enum vox_err check_text(const struct csv *c, struct bytes_view line, struct vox_error *err)
{
    const char *text = (const char *)line.data;
    char piece[PRINTABLE_PIECE_MAX];

    if (line.len > CSV_LINE_MAX)
        return vox_fail(err, VOX_E_INPUT, "%zu bytes long; at most %d are taken", line.len, CSV_LINE_MAX);
    for (size_t i = 0, n; i < line.len; i += n) {
        n = 1;
        if (text[i] == c->separator || text[i] == '\t')
            continue;
        n = printable_piece(text + i, line.len - i, piece);
        if (piece[0] == '\\' && text[i] != '\\')
            return vox_fail(err, VOX_E_INPUT, "byte %zu is %s: a control character, or no UTF-8", i + 1, piece);
    }
    return VOX_OK;
}

static bool is_blank(char ch, char separator)
{
    return (ch == ' ' || ch == '\t') && ch != separator;
}

/* One field from *at, into *to, which moves behind its NUL; *at moves to the separator or the end. */
static enum vox_err take_field(const struct csv *c, struct bytes_view line, size_t *at, char **to,
                               struct vox_error *err)
{
    const char *text = (const char *)line.data;
    char *start = *to;
    bool quoted;

    while (*at < line.len && is_blank(text[*at], c->separator))
        ++*at;
    quoted = *at < line.len && text[*at] == '"';
    for (*at += quoted; *at < line.len; ++*at) {
        if (quoted && text[*at] == '"') {
            if (*at + 1 == line.len || text[*at + 1] != '"')
                break;
            ++*at;
        } else if (!quoted && text[*at] == c->separator) {
            break;
        } else if (!quoted && text[*at] == '"') {
            return vox_fail(err, VOX_E_INPUT, "a quote inside a field that does not begin with one (byte %zu)",
                            *at + 1);
        }
        *(*to)++ = text[*at];
    }
    if (quoted) {
        if (*at == line.len)
            return vox_fail(err, VOX_E_INPUT, "a quote that is not closed in its line");
        for (++*at; *at < line.len && is_blank(text[*at], c->separator);)
            ++*at;
        if (*at < line.len && text[*at] != c->separator)
            return vox_fail(err, VOX_E_INPUT, "something behind the closing quote of a field (byte %zu)", *at + 1);
    }
    while (!quoted && *to > start && is_blank((*to)[-1], c->separator))
        --*to;
    *(*to)++ = '\0';
    return VOX_OK;
}

static enum vox_err split(struct csv *c, struct bytes_view line, struct vox_error *err)
{
    char *to = c->text;
    size_t at = 0;
    enum vox_err code = check_text(c, line, err);

    for (c->nfields = 0; code == VOX_OK; at++) {
        if (c->nfields == CSV_FIELDS_MAX)
            return vox_fail(err, VOX_E_INPUT, "more than %d fields", CSV_FIELDS_MAX);
        c->fields[c->nfields++] = to;
        code = take_field(c, line, &at, &to, err);
        if (at >= line.len)
            break;
    }
    return code;
}

enum vox_err csv_next(struct csv *c, bool *more, struct vox_error *err)
{
    struct bytes_view line;
    enum vox_err code = VOX_OK;

    c->nfields = 0;
    while ((*more = take_line(c, &line))) {
        if (line.len == 0 || (c->commented && is_comment(line)))
            continue;
        code = split(c, line, err);
        if (code != VOX_OK || c->nfields > 1 || c->fields[0][0] != '\0')
            break;
    }
    return code;
}

void csv_wipe(struct csv *c)
{
    OPENSSL_cleanse(c->text, sizeof c->text);
}
