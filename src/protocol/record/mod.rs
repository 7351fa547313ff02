//! Record batches: the v2 format, the legacy formats, and their compression.
