"""What a case is: windows of readings, of a simulated rig, of a pump and of bearings."""
