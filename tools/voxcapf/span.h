/* Times to come, as people write them: a moment, or a while from now. */
#ifndef VOXCAPF_SPAN_H
#define VOXCAPF_SPAN_H

#include <stdint.h>

#include <libcert/error.h>

/* span_parse(text, out, err): "30m", "12h", "7d", "2w" in seconds, at least one and at most ten years. VOX_E_USAGE. */
enum vox_err span_parse(const char *text, int64_t *out, struct vox_error *err);

/* span_moment(text, now, out, err): what clock_parse() takes, or "+" and a span; must lie after now. VOX_E_USAGE. */
enum vox_err span_moment(const char *text, int64_t now, int64_t *out, struct vox_error *err);

#endif
