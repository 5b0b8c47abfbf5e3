/* Whose certificate is believed: the leaf, and the path from it to the trust. Source: docs/formats/capf.md 5.3. */
#ifndef CAPF_PROOF_CHAIN_H
#define CAPF_PROOF_CHAIN_H

#include <capf/proof.h>

/* Certificates from leaf to root: manufacturers' chains have three. */
enum { CAPF_CHAIN_MAX = 4 };

/* capf_leaf_check(c, err): a key that may prove something, no CA, a usage that fits. VOX_OK or VOX_E_NO. */
enum vox_err capf_leaf_check(const struct cert *c, struct vox_error *err);

/*
 * capf_chain_check(c, p, kind, err): is c issued by CAPF (*kind CAPF_LSC) or by a manufacturer in CAPF-trust
 * (CAPF_MIC), and is all of that valid at p->now? VOX_E_NOT_FOUND: nobody of the issuer's name is known; VOX_E_NO:
 * known, but.
 */
enum vox_err capf_chain_check(const struct cert *c, const struct capf_proof_params *p, enum capf_certificate_type *kind,
                              struct vox_error *err);

#endif
