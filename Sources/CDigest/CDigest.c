#include "CDigest.h"

#if defined(__APPLE__)
#include <CommonCrypto/CommonDigest.h>
#include <stdlib.h>

void *vae_sha256_begin(void) {
    CC_SHA256_CTX *context = malloc(sizeof *context);
    if (context) CC_SHA256_Init(context);
    return context;
}

bool vae_sha256_add(void *state, const void *bytes, size_t count) {
    // CommonCrypto counts in 32 bits.
    for (const unsigned char *next = bytes; count > 0;) {
        const CC_LONG part = count > 1u << 30 ? 1u << 30 : (CC_LONG)count;
        if (CC_SHA256_Update(state, next, part) != 1) return false;
        next += part;
        count -= part;
    }
    return true;
}

bool vae_sha256_end(void *state, unsigned char digest[32]) {
    const bool done = CC_SHA256_Final(digest, state) == 1;
    free(state);
    return done;
}
#else
#include <openssl/evp.h>

void *vae_sha256_begin(void) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(context);
        context = NULL;
    }
    return context;
}

bool vae_sha256_add(void *state, const void *bytes, size_t count) {
    return EVP_DigestUpdate(state, bytes, count) == 1;
}

bool vae_sha256_end(void *state, unsigned char digest[32]) {
    const bool done = EVP_DigestFinal_ex(state, digest, NULL) == 1;
    EVP_MD_CTX_free(state);
    return done;
}
#endif
