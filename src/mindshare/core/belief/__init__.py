"""BELIEVE: p(truth | context, any subset of the answers), learnt from outcomes."""
