"""Who answers: machines that find faults in windows, from cheap to dear, and the best one known for the pump."""
