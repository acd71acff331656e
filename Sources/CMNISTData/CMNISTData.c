int CMNISTData_x;
