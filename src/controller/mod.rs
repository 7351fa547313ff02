//! The controller: decides which broker leads which partition.
