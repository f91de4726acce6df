package io.fdwork.sample.clinic;

import java.util.List;

import org.springframework.data.repository.CrudRepository;

/**
 * The patients.
 */
interface PatientRepository extends CrudRepository<Patient, Long> {

	List<Patient> findAllByOrderByName();

}
