import type { TypedPropertyWire } from "@/lib/contracts/dead-letters";

/** Properties with their AMQP types. */
export function PropertyTable({ title, properties }: { title: string; properties: readonly TypedPropertyWire[] }) {
  if (properties.length === 0) return null;
  return (
    <table className="w-full table-fixed text-sm max-md:block">
      <caption className="max-md:block px-4 pt-3 pb-1 text-left font-medium">{title}</caption>
      <colgroup className="max-md:hidden">
        <col className="w-2/5" />
        <col className="w-24" />
        <col />
      </colgroup>
      <thead className="sr-only">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Type</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody className="max-md:block">
        {properties.map((property) => (
          <tr
            key={property.name}
            className="border-t border-line align-top max-md:flex max-md:flex-wrap max-md:gap-x-2 max-md:px-4 max-md:py-1.5"
          >
            <th
              scope="row"
              className="px-4 py-1.5 text-left font-normal break-name text-soft max-md:min-w-0 max-md:p-0"
            >
              {property.name}
            </th>
            <td className="py-1.5 text-faint max-md:p-0">{property.type}</td>
            <td className="py-1.5 pr-4 font-mono break-name max-md:basis-full max-md:p-0">{property.value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
