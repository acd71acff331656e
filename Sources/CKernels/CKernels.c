int CKernels_x;
