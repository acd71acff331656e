int CZlib_x;
