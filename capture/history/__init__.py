"""What a vehicle's other readings say of one: by the time at which photos were taken, whatever order they came in."""
