package io.fdwork.sample.clinic;

import java.time.LocalDateTime;
import java.util.List;

import org.springframework.data.jpa.repository.EntityGraph;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.CrudRepository;
import org.springframework.transaction.annotation.Transactional;

/**
 * The appointments.
 */
interface AppointmentRepository extends CrudRepository<Appointment, Long> {

	@EntityGraph(attributePaths = "patient")
	List<Appointment> findByStartsAtAfterOrderByStartsAt(LocalDateTime time);

	List<Appointment> findByPatientOrderByStartsAt(Patient patient);

	/**
	 * Take the reminders that are due. Of two that ask at once, one gets each.
	 * @return how many
	 */
	@Transactional
	@Modifying
	@Query("update Appointment set remindedBy = :by where remindedBy is null and startsAt < :until")
	int takeReminders(LocalDateTime until, long by);

}
