// MNIST, Yann LeCun and Corinna Cortes, CC BY-SA 3.0: see data/README.md.
#include "CMNISTData.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char train_images[] = {
#embed "data/train-images-idx3-ubyte.gz"
};

static const unsigned char train_labels[] = {
#embed "data/train-labels-idx1-ubyte.gz"
};

static const unsigned char test_images[] = {
#embed "data/t10k-images-idx3-ubyte.gz"
};

static const unsigned char test_labels[] = {
#embed "data/t10k-labels-idx1-ubyte.gz"
};

struct vae_mnist_file vae_mnist_train_images(void) {
    return (struct vae_mnist_file){train_images, sizeof train_images};
}

struct vae_mnist_file vae_mnist_train_labels(void) {
    return (struct vae_mnist_file){train_labels, sizeof train_labels};
}

struct vae_mnist_file vae_mnist_test_images(void) {
    return (struct vae_mnist_file){test_images, sizeof test_images};
}

struct vae_mnist_file vae_mnist_test_labels(void) {
    return (struct vae_mnist_file){test_labels, sizeof test_labels};
}
