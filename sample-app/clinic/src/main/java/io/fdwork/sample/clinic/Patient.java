package io.fdwork.sample.clinic;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import org.jspecify.annotations.Nullable;

/**
 * An animal that is treated here.
 */
@Entity
class Patient {

	@Id
	@GeneratedValue(strategy = GenerationType.IDENTITY)
	private @Nullable Long id;

	private String name;

	private String species;

	// For Hibernate
	@SuppressWarnings("NullAway.Init")
	protected Patient() {
	}

	Patient(String name, String species) {
		this.name = name;
		this.species = species;
	}

	public @Nullable Long getId() {
		return this.id;
	}

	public String getName() {
		return this.name;
	}

	public String getSpecies() {
		return this.species;
	}

}
