int CImageCodecs_x;
