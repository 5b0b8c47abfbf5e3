/*
 * The elements of a phone configuration that its stub repeats. Source: docs/formats/signed-files.md 3.
 */
#ifndef CTL_ENCSGN_XML_H
#define CTL_ENCSGN_XML_H

#include <stddef.h>
#include <stdint.h>

#include <libcert/bytes.h>

/* What the stub takes over, in the order in which it stands there. */
enum xml_kept { XML_IP_ADDRESS_MODE, XML_LOAD_INFORMATION, XML_CAPF_AUTH_MODE, XML_CAPF_LIST, XML_KEPT };

/*
 * xml_take(config, len, kept, err): the children of the root <device> that the stub keeps, each written anew with two
 * blanks of indentation per level and a newline at its end; empty for those that config has not. Errors: VOX_E_INPUT
 * (too long, not well-formed, not UTF-8 or another 8-bit encoding, a DTD, nested too deeply, another root, one of them
 * twice), VOX_E_MEMORY. Free each with bytes_free().
 */
enum vox_err xml_take(const uint8_t *config, size_t len, struct bytes kept[static XML_KEPT], struct vox_error *err);

#endif
