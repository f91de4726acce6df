package io.fdwork.sample.clinic;

import java.time.LocalDateTime;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import org.jspecify.annotations.Nullable;

/**
 * When a patient comes, and why.
 */
@Entity
class Appointment {

	@Id
	@GeneratedValue(strategy = GenerationType.IDENTITY)
	private @Nullable Long id;

	@ManyToOne(fetch = FetchType.LAZY)
	private Patient patient;

	private LocalDateTime startsAt;

	private String reason;

	private @Nullable Long remindedBy;

	// For Hibernate
	@SuppressWarnings("NullAway.Init")
	protected Appointment() {
	}

	Appointment(Patient patient, LocalDateTime startsAt, String reason) {
		this.patient = patient;
		this.startsAt = startsAt;
		this.reason = reason;
	}

	public @Nullable Long getId() {
		return this.id;
	}

	public Patient getPatient() {
		return this.patient;
	}

	public LocalDateTime getStartsAt() {
		return this.startsAt;
	}

	public String getReason() {
		return this.reason;
	}

	/**
	 * Return the JVM that has sent the reminder.
	 */
	public @Nullable Long getRemindedBy() {
		return this.remindedBy;
	}

}
