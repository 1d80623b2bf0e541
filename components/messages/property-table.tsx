import type { TypedPropertyWire } from "@/lib/contracts/dead-letters";

/** Properties with their AMQP types. */
export function PropertyTable({ title, properties }: { title: string; properties: readonly TypedPropertyWire[] }) {
  if (properties.length === 0) return null;
  return (
    <table className="w-full table-fixed text-sm">
      <caption className="px-4 pt-3 pb-1 text-left font-medium">{title}</caption>
      <colgroup>
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
      <tbody>
        {properties.map((property) => (
          <tr key={property.name} className="border-t border-line align-top">
            <th scope="row" className="px-4 py-1.5 text-left font-normal break-name text-soft">
              {property.name}
            </th>
            <td className="py-1.5 text-faint">{property.type}</td>
            <td className="py-1.5 pr-4 font-mono break-name">{property.value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
