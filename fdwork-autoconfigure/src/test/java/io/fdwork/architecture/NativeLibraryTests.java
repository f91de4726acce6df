package io.fdwork.architecture;

import java.nio.channels.FileChannel;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.ReferencedClassObject;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that no use is made of what the native libraries do wrong. They look at the
 * classes only: to run into it would harm the machine.
 */
class NativeLibraryTests {

	private final JavaClasses classes = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.fdwork");

	/**
	 * When the channel of junixsocket's {@code as(FileChannel.class)} is closed, it
	 * deletes the file that it borrowed its form from, which is {@code /dev/null}. A
	 * process of root succeeds.
	 */
	@Test
	void shouldNotCastToFileChannel() {
		assertThat(this.classes).filteredOn(NativeLibraryTests::castsToFileChannel)
			.extracting(JavaClass::getName)
			.isEmpty();
	}

	private static boolean castsToFileChannel(JavaClass type) {
		return type.getReferencedClassObjects()
			.stream()
			.map(ReferencedClassObject::getRawType)
			.anyMatch((referenced) -> referenced.isEquivalentTo(FileChannel.class));
	}

}
