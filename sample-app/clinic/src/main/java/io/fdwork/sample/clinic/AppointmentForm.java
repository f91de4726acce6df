package io.fdwork.sample.clinic;

import java.time.LocalDateTime;

import jakarta.validation.constraints.Future;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;

import org.springframework.format.annotation.DateTimeFormat;

/**
 * What is filled in to book an appointment.
 *
 * @param startsAt when the patient comes
 * @param reason why
 */
record AppointmentForm(
		@NotNull @Future @DateTimeFormat(iso = DateTimeFormat.ISO.DATE_TIME) @Nullable LocalDateTime startsAt,
		@NotBlank @Size(max = 200) @Nullable String reason) {

	static AppointmentForm empty() {
		return new AppointmentForm(null, null);
	}

}
