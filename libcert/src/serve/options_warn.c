#include <string.h>

#include <libcert/clock.h>
#include <libcert/file.h>
#include <libcert/serve_options.h>
#include <libcert/token.h>

void serve_warn_of_key(const char *source)
{
    if (!token_uri_is(source) && file_is_private(source) == 0)
        log_line(LOG_LEVEL_WARNING, "%s: the private key is open to others: chmod 600 %s", source, source);
}

void serve_warn_of_dates(const struct cert *c)
{
    char when[CLOCK_RFC3339_MAX];
    int64_t now = clock_now();

    if (now > cert_not_after(c)) {
        clock_format(cert_not_after(c), when);
        log_line(LOG_LEVEL_WARNING,
                 "the certificate that is shown was valid until %s: peers that check dates refuse it", when);
    } else if (now < cert_not_before(c)) {
        clock_format(cert_not_before(c), when);
        log_line(LOG_LEVEL_WARNING,
                 "the certificate that is shown is valid from %s: is the clock of this machine right?", when);
    }
}
