package io.fdwork.autoconfigure;

import java.beans.PropertyDescriptor;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.core.ResolvableType;

/**
 * The names of the properties below one, as the classes say that they are bound to.
 *
 * @param children what is below, by name in kebab case
 * @param keyed whether there is an index or a key between this and what is below
 */
record PropertyTree(Map<String, PropertyTree> children, boolean keyed) {

	private static final PropertyTree LEAF = new PropertyTree(Map.of(), false);

	/**
	 * A value of its own below a key or an index, as in a list of words.
	 */
	private static final PropertyTree KEYED_LEAF = new PropertyTree(Map.of(), true);

	/**
	 * Read the tree of a class of properties.
	 */
	static PropertyTree of(Class<?> type) {
		Map<String, PropertyTree> children = new LinkedHashMap<>();
		for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(type)) {
			if (property.getReadMethod() != null && property.getReadMethod().getDeclaringClass() != Object.class) {
				children.put(DataObjectPropertyName.toDashedForm(property.getName()),
						below(ResolvableType.forMethodReturnType(property.getReadMethod())));
			}
		}
		return new PropertyTree(children, false);
	}

	private static PropertyTree below(ResolvableType type) {
		ResolvableType map = type.asMap();
		ResolvableType elements = (map != ResolvableType.NONE) ? map.getGeneric(1) : type.asCollection().getGeneric();
		if (elements != ResolvableType.NONE) {
			Class<?> element = elements.toClass();
			return (isOurs(element)) ? new PropertyTree(of(element).children(), true) : KEYED_LEAF;
		}
		return (isOurs(type.toClass())) ? of(type.toClass()) : LEAF;
	}

	private static boolean isOurs(Class<?> type) {
		return !type.isEnum() && type.getPackage() == PropertyTree.class.getPackage();
	}

	/**
	 * Return whether there is a property of a name.
	 * @param prefix how many elements of the name come before this tree
	 */
	boolean contains(ConfigurationPropertyName name, int prefix) {
		int next = prefix;
		if (this.keyed && next < name.getNumberOfElements()) {
			next++;
		}
		if (this.children.isEmpty() || next == name.getNumberOfElements()) {
			return true;
		}
		PropertyTree child = child(name.getElement(next, Form.UNIFORM));
		return child != null && child.contains(name, next + 1);
	}

	private @Nullable PropertyTree child(String uniform) {
		return this.children.entrySet()
			.stream()
			.filter((child) -> uniform(child.getKey()).equals(uniform))
			.map(Map.Entry::getValue)
			.findFirst()
			.orElse(null);
	}

	/**
	 * Return whether there is a property that an environment variable may mean, in which
	 * nobody can see where a word ends.
	 * @param uniform the name in lower case, without anything between the words
	 */
	boolean mayContain(String uniform) {
		if (this.children.isEmpty() || this.keyed || uniform.isEmpty()) {
			return this.keyed || uniform.isEmpty();
		}
		return this.children.entrySet()
			.stream()
			.anyMatch((child) -> uniform.startsWith(uniform(child.getKey()))
					&& child.getValue().mayContain(uniform.substring(uniform(child.getKey()).length())));
	}

	/**
	 * Return the name that is nearest to one that there is not.
	 * @param prefix how many elements of the name come before this tree
	 */
	String nearest(ConfigurationPropertyName name, int prefix) {
		int next = (this.keyed) ? prefix + 1 : prefix;
		String wrong = name.getElement(next, Form.UNIFORM);
		PropertyTree child = child(wrong);
		if (child != null) {
			return child.nearest(name, next + 1);
		}
		String nearest = this.children.keySet()
			.stream()
			.min(Comparator.comparingInt((candidate) -> distance(wrong, uniform(candidate))))
			.orElseThrow();
		String before = name.chop(next).toString();
		return before + "." + nearest;
	}

	private static String uniform(String name) {
		return name.replace("-", "");
	}

	/**
	 * Count the characters to insert, to remove and to exchange. Whoever wrote more of a
	 * word than its beginning most likely meant that.
	 */
	static int distance(String wrong, String right) {
		int[] row = new int[right.length() + 1];
		for (int j = 0; j < row.length; j++) {
			row[j] = j;
		}
		for (int i = 1; i <= wrong.length(); i++) {
			int diagonal = row[0];
			row[0] = i;
			for (int j = 1; j < row.length; j++) {
				int exchanged = diagonal + ((wrong.charAt(i - 1) == right.charAt(j - 1)) ? 0 : 1);
				diagonal = row[j];
				row[j] = Math.min(exchanged, Math.min(row[j], row[j - 1]) + 1);
			}
		}
		boolean begun = wrong.startsWith(right) || right.startsWith(wrong);
		return (begun) ? 1 : row[right.length()];
	}

}
