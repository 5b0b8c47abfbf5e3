/*
 * Headers from their fields: building and re-building. Source: docs/formats/trust-list.md 2.
 */
#ifndef CTL_HEADER_WRITE_H
#define CTL_HEADER_WRITE_H

#include <ctl/header.h>
#include <libcert/tlv.h>

/*
 * header_plan(h): set h->tlvs to what a new header holds, in the vendor's order: 1, 2, [28], 3 {4, 5, 6},
 * 7 {8, 9 {10, 11}}, 12, 14, 15.
 */
void header_plan(struct ctl_header *h);

/*
 * header_write(w, h, file, extra): write h's TLVs, in the order of h->tlvs, to the empty writer w, then extra (whole
 * TLVs; may be empty), then padding. With file, the one that h was read from: unknown tags are taken from it and the
 * padding is as long as it was. Without: padded to a multiple of 4. HeaderLength is what comes out, not what h says.
 */
void header_write(struct tlv_writer *w, const struct ctl_header *h, const uint8_t *file, struct bytes_view extra);

#endif
