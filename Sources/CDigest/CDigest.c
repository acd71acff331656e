int CDigest_x;
