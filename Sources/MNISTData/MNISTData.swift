// MNISTData
