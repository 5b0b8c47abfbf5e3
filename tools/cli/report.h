/*
 * Errors to people and exit statuses: the only place that maps one to the other.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <cli/verb.h>
#include <libcert/error.h>

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_ENVIRONMENT = 4 };

/* cli_status(code): the exit status of a result code. */
int cli_status(enum vox_err code);

/*
 * cli_report(common, subject, err): print "voxcert: SUBJECT: sentence" to standard error (subject may be NULL), the
 * library's detail with -v, and return the exit status.
 */
int cli_report(const struct cli_common *common, const char *subject, const struct vox_error *err);

/* cli_warn(common, subject, fmt, ...): "voxcert: SUBJECT: warning: ...", whatever -q says. */
void cli_warn(const struct cli_common *common, const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* cli_hook(common, path, trouble): what a hook came to, as hooks_run() of the cluster tells it: a warning, or with NULL
 * a line that -q silences. common: struct cli_common. */
void cli_hook(const void *common, const char *path, const char *trouble);

/* cli_usage(common, fmt, ...): "voxcert upload: ..." and "Try 'voxcert upload --help'"; returns EXIT_USAGE. */
int cli_usage(const struct cli_common *common, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* cli_say(common, fmt, ...): a line on standard output that -q and --json silence. */
void cli_say(const struct cli_common *common, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
