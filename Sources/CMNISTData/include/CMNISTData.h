// The four gzip files of MNIST, compiled in. Functions, since Swift cannot import `extern T x[]`.
#pragma once

#include <stddef.h>

// Bytes that live as long as the program.
struct vae_mnist_file {
    const unsigned char *bytes;
    size_t count;
};

struct vae_mnist_file vae_mnist_train_images(void);
struct vae_mnist_file vae_mnist_train_labels(void);
struct vae_mnist_file vae_mnist_test_images(void);
struct vae_mnist_file vae_mnist_test_labels(void);
